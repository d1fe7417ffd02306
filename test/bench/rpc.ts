/** What a process does when it is asked to, by name. Arguments and answers travel as structured clones. */
export type Calls = Record<string, (...args: never[]) => unknown>

interface Question {
  id: number
  name: string
  args: never[]
}

export type Answer = { id: number; value: unknown } | { id: number; error: string }

/** Answers what the parent process asks, until the parent has gone. */
export function answerCalls(calls: Calls): void {
  process.on('message', async (question: Question) => process.send?.(await answer(calls, question)))
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

async function answer(calls: Calls, { id, name, args }: Question): Promise<Answer> {
  try {
    return { id, value: await calls[name]?.(...args) }
  } catch (error) {
    return { id, error: error instanceof Error ? `${error.stack}` : String(error) }
  }
}
