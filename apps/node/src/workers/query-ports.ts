import type { MessagePort } from "node:worker_threads";
import type { GroupEvent, GroupQuery } from "@fb/api";
import { type PortServer, servePort } from "@fb/runtime";

/** The ports on which one group answers: one for each RPC thread that serves it now. */
export class QueryPorts {
  readonly #query: GroupQuery;
  readonly #servers = new Set<PortServer<GroupEvent>>();
  /** Those that want to hear of pending transactions. */
  readonly #watching = new Set<MessagePort>();

  constructor(query: GroupQuery) {
    this.#query = query;
  }

  /** Answers on `port` until its other end closes. */
  open(port: MessagePort): void {
    const server = servePort<GroupQuery, GroupEvent>(port, this.#viewOf(port));
    this.#servers.add(server);
    port.on("close", () => {
      this.#servers.delete(server);
      void this.#watch(port, false);
    });
  }

  emit(event: GroupEvent): void {
    for (const server of this.#servers) server.emit(event);
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  /** The group's methods, except that each port switches pending transactions for itself. */
  #viewOf(port: MessagePort): GroupQuery {
    const watchPending: GroupQuery["watchPending"] = (on) => this.#watch(port, on);
    return new Proxy(this.#query, {
      get(query, name) {
        const method = Reflect.get(query, name);
        if (typeof method !== "function") return method;
        return name === "watchPending" ? watchPending : method.bind(query);
      },
    });
  }

  /** The group tells of pending transactions while anybody wants to hear of them. */
  async #watch(port: MessagePort, on: boolean): Promise<void> {
    const before = this.#watching.size > 0;
    if (on) this.#watching.add(port);
    else this.#watching.delete(port);
    const after = this.#watching.size > 0;
    if (before !== after) await this.#query.watchPending(after);
  }
}
