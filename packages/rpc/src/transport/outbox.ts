import type { WebSocket } from "ws";
import type { AnswerText } from "../dispatch/dispatcher.ts";

interface Message {
  readonly parts: readonly string[];
  /** Called when it is written, or never will be. */
  readonly done: () => void;
}

/** Characters handed to the socket at once: one fragment (RFC 6455, 5.4), so that a slow reader shows. */
const FRAGMENT_CHARS = 64 * 1024;

/**
 * What a WebSocket has not taken yet, message after message; a long one leaves in fragments, the next when the one
 * before is written.
 */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #onProgress: () => void;
  readonly #waiting: Message[] = [];
  #isSending = false;
  #unsent = 0;

  /** @param onProgress called when something was written, also when everything was */
  constructor(socket: WebSocket, onProgress: () => void) {
    this.#socket = socket;
    this.#onProgress = onProgress;
  }

  /** Characters of all messages that are not written yet. */
  get unsent(): number {
    return this.#unsent;
  }

  /** @param done called when it is written, or never will be */
  send(text: AnswerText, done: () => void): void {
    const parts = typeof text === "string" ? fragments(text) : text.parts;
    this.#unsent += text.length;
    this.#waiting.push({ parts, done });
    if (!this.#isSending) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isSending = true;
    for (let message = this.#waiting[0]; message !== undefined; message = this.#waiting[0]) {
      for (const [i, part] of message.parts.entries()) {
        if (this.#socket.readyState === this.#socket.OPEN) await this.#write(part, i === message.parts.length - 1);
        this.#unsent -= part.length;
        this.#onProgress();
      }
      this.#waiting.shift();
      message.done();
    }
    this.#isSending = false;
  }

  #write(part: string, isLast: boolean): Promise<void> {
    return new Promise((resolve) => this.#socket.send(part, { fin: isLast, binary: false }, () => resolve()));
  }
}

function fragments(text: string): string[] {
  if (text.length <= FRAGMENT_CHARS) return [text];
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += FRAGMENT_CHARS) parts.push(text.slice(at, at + FRAGMENT_CHARS));
  return parts;
}
