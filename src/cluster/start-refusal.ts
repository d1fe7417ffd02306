/** The process must not go on as it is set up or was asked to. The message, for whoever started it, says the remedy. */
export class StartRefusal extends Error {
  override name = 'StartRefusal'
}
