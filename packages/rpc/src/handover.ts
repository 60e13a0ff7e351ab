/** A result that is not kept once it is handed out; whoever finds that it cannot be sent gives it back. */
export class Handover<T> {
  readonly value: T;
  /** Called at most once, and only when the client gets nothing of it. */
  readonly takeBack: () => void;

  constructor(value: T, takeBack: () => void) {
    this.value = value;
    this.takeBack = takeBack;
  }
}
