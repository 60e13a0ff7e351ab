import type { Clock } from "@fb/runtime";
import type {
  ConnectionEncrypter,
  MessageStream,
  MultiaddrConnection,
  SecureConnectionOptions,
  SecuredConnection,
} from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { lpStream } from "@libp2p/utils";
import type { Direction } from "../contract.ts";
import { deadlineAfter } from "../deadline.ts";
import { p2pError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Admitted } from "./admission.ts";
import type { NodeCertificate } from "./certificates.ts";
import { MAX_HELLO_BYTES } from "./hello.ts";
import { ADMISSION_REASONS, type AdmissionReason, reasonName } from "./reasons.ts";

const ENCRYPTER_PROTOCOL = "/fb/noise/1";

/** A handshake that ended without admission. */
export interface Refusal {
  readonly by: "self" | "peer";
  readonly reason: AdmissionReason | "UNKNOWN";
  /** 33-byte key that the peer proved. */
  readonly provenKey: Uint8Array;
  readonly issuer: string;
}

/** What the handshake asks the network. */
export interface AdmissionGate {
  hello(): Uint8Array;
  judge(provenKey: Uint8Array, helloFrame: Uint8Array, direction: Direction): Admitted;
  /** The handshake begins on a connection. */
  begun(raw: MessageStream): void;
  /** The peer proved a key. */
  proved(raw: MessageStream): void;
  /** Both sides agreed. `link` names the connection: its remote multiaddr with the peer id. `secured` carries it. */
  admitted(link: string, certificate: NodeCertificate, raw: MessageStream, secured: MessageStream): void;
  refused(refusal: Refusal, address: string, direction: Direction): void;
}

type Components = Parameters<ReturnType<typeof noise>>[0];

/**
 * Noise, then inside it one hello frame each way and one verdict byte each way (SPEC 3.1). Both sides always read the
 * other's verdict, so that a refusal is known by name on both.
 */
export function admissionEncrypter(gate: AdmissionGate, clock: Clock): (components: Components) => ConnectionEncrypter {
  const createNoise = noise();
  return (components) => {
    const inner = createNoise(components);
    const secure = async (direction: Direction, raw: MessageStream, options: SecureConnectionOptions = {}) => {
      const deadline = deadlineAfter(clock, LIMITS.admissionMs, options.signal);
      try {
        gate.begun(raw);
        sendWhole(raw);
        const noiseOptions = { ...options, signal: deadline.signal, skipStreamMuxerNegotiation: true };
        const secured = await (direction === "inbound"
          ? inner.secureInbound(raw, noiseOptions)
          : inner.secureOutbound(raw, noiseOptions));
        gate.proved(raw);
        return await admit(secured, raw, direction, deadline.signal);
      } finally {
        deadline.cancel();
      }
    };

    const admit = async (secured: SecuredConnection, raw: MessageStream, direction: Direction, signal: AbortSignal) => {
      const address = addressOf(raw);
      const io = lpStream(secured.connection, { maxDataLength: MAX_HELLO_BYTES, maxBufferSize: 4 * MAX_HELLO_BYTES });
      const provenKey = secured.remotePeer.publicKey?.raw ?? new Uint8Array(0);
      await io.write(gate.hello(), { signal });
      const theirs = (await io.read({ signal })).subarray();
      const verdict = gate.judge(provenKey, theirs, direction);
      await io.write(Uint8Array.of(ADMISSION_REASONS[verdict.ok ? "OK" : verdict.reason]), { signal });
      const answer = (await io.read({ signal })).subarray();
      const stream = io.unwrap();
      const refusals: Refusal[] = [];
      if (!verdict.ok) refusals.push({ by: "self", reason: verdict.reason, provenKey, issuer: verdict.issuer });
      if (answer.length !== 1 || answer[0] !== ADMISSION_REASONS.OK) {
        const reason = answer.length === 1 ? reasonName(answer[0]!) : "MALFORMED";
        refusals.push({ by: "peer", reason, provenKey, issuer: "" });
      }
      if (verdict.ok && refusals.length === 0) {
        gate.admitted(`${address}/p2p/${secured.remotePeer}`, verdict.certificate, raw, stream);
        return { ...secured, connection: stream };
      }
      for (const refusal of refusals) gate.refused(refusal, address, direction);
      await linger(stream, clock);
      const reasons = refusals.map(({ reason, by }) => `${reason} by ${by}`).join(", ");
      throw p2pError("NOT_ADMITTED", `not admitted: ${reasons}`, { reasons });
    };

    return {
      protocol: ENCRYPTER_PROTOCOL,
      secureInbound: (stream, options) => secure("inbound", stream, options),
      secureOutbound: (stream, options) => secure("outbound", stream, options),
    };
  };
}

/** libp2p hands over the connection of the transport, which has an address, under the interface of any stream. */
function addressOf(raw: MessageStream): string {
  return (raw as MultiaddrConnection).remoteAddr.toString().replace(/\/p2p\/.*$/, "");
}

/** Closes so that bytes under way still arrive: an abort would make TCP discard the verdict. */
async function linger(stream: MessageStream, clock: Clock): Promise<void> {
  const deadline = deadlineAfter(clock, LIMITS.lingerMs);
  try {
    await stream.close({ signal: deadline.signal });
  } catch {
    // The peer was faster.
  } finally {
    deadline.cancel();
  }
}

/**
 * Makes a connection send each list of bytes in one piece. `@libp2p/tcp` writes every part of a list to the socket by
 * itself, and noise gives it the length of each packet as a part of its own: without this every packet costs two system
 * calls and, Nagle's algorithm being off, two TCP segments. Neither has a hook or an option for it, and a wrapper would have to
 * be a whole `MessageStream` with its events, so the one method is replaced.
 */
function sendWhole(raw: MessageStream): void {
  const send = raw.send.bind(raw);
  raw.send = (data) => send(data.subarray());
}
