import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Loaded before the gateway (`node --import`): its disk takes a millisecond more for each sync of a commit. */
const slowerMs = 1
const { fdatasync } = fs

function slowSync(fd: number, done: fs.NoParamCallback): void {
  fdatasync(fd, (error) => setTimeout(done, slowerMs, error))
}

Object.assign(fs, { fdatasync: slowSync })
syncBuiltinESMExports()
