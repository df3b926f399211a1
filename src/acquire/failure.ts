/** Why an acquisition ended without an exhibit, in a sentence for the person who runs it. 1: it could not be done or was found wrong; 2: wrong use. */
export class Failure extends Error {
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
