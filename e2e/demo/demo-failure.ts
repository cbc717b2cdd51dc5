/** Why the demo stopped, for the person in front of it. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
  /** What to do about it, a sentence or command each. */
  readonly whatToDo: readonly string[];

  constructor(message: string, whatToDo: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.whatToDo = whatToDo;
  }
}
