import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

const db = new Database(String(workerData))
db.pragma('synchronous = FULL')

parentPort?.on('message', () => {
  db.pragma('wal_checkpoint(PASSIVE)')
  parentPort?.postMessage('done')
})
