import type {
  BackupAnswer,
  BackupRequest,
  GroupDirectory,
  GroupEvent,
  NodeInfo,
  NodeQuery,
  NodeReadiness,
} from "@fb/api";
import type { SoloGroup } from "@fb/ledger/testing";

/** A test node, which never gets ready, and its groups; they can come and go. */
export class TestDirectory implements GroupDirectory, NodeQuery {
  readonly #served = new Map<number, { readonly group: SoloGroup; readonly stopListening: () => void }>();
  readonly #known = new Set<SoloGroup>();
  readonly #listeners = new Set<(event: GroupEvent) => void>();
  /** What was asked of backups. */
  readonly backupRequests: { readonly group: number; readonly request: BackupRequest }[] = [];
  /** What is answered to that. */
  backupAnswer: BackupAnswer = { ok: true, backup: null };

  constructor(groups: readonly SoloGroup[]) {
    for (const group of groups) this.add(group);
  }

  add(group: SoloGroup): void {
    const stopListening = group.onEvent((event) => this.tell(event));
    this.#served.set(group.info.groupId, { group, stopListening });
    this.#known.add(group);
  }

  stop(group: SoloGroup): void {
    const { groupId } = group.info;
    this.#served.get(groupId)?.stopListening();
    this.#served.delete(groupId);
    this.tell({ type: "stopped", groupId });
  }

  list(): readonly SoloGroup[] {
    return [...this.#served.values()].map(({ group }) => group).sort((a, b) => a.info.groupId - b.info.groupId);
  }

  get(groupId: number): SoloGroup | undefined {
    return this.#served.get(groupId)?.group;
  }

  async info(): Promise<NodeInfo> {
    const { nodeId } = this.list()[0]!;
    const peer = { nodeId, address: "127.0.0.1:30301", agency: "agency" };
    return { nodeId, name: "node0", agency: "agency", p2pAddress: "127.0.0.1:30300", chainId: 1, peers: [peer] };
  }

  async readiness(): Promise<NodeReadiness> {
    const common = { state: "starting", reason: null, ready: false, notReady: [] } as const;
    const groups = this.list().map(({ info }) => ({ group: info.groupId, ...common }));
    return { groups, memory: { level: 0, usedMb: 1, limitMb: 2 } };
  }

  async backup(group: number, request: BackupRequest): Promise<BackupAnswer> {
    this.backupRequests.push({ group, request });
    return this.backupAnswer;
  }

  onEvent(listener: (event: GroupEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What a group said, or what a test says in its name. */
  tell(event: GroupEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Closes all groups that were ever here. */
  async close(): Promise<void> {
    await Promise.all([...this.#known].map((group) => group.close()));
  }
}
