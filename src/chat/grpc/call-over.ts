/** The call was over before it was carried out: nobody is there to be told anything. */
export class CallOver extends Error {
  constructor() {
    super('the call is over');
    this.name = 'CallOver';
  }
}
