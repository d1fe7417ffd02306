import { StartRefusal } from '../cluster/start-refusal.ts'

/** A database that must not be opened as it is. The message says the remedy. */
export class StoreRefusal extends StartRefusal {
  override name = 'StoreRefusal'
}

/** Another process has the database. */
export class StoreInUse extends StoreRefusal {
  override name = 'StoreInUse'
}
