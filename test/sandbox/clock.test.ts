import { describe, expect, it } from 'vitest'
import { SpeedClock } from '../../src/sandbox/clock.ts'

function wallAt(start: number) {
  let time = start
  const pass = (ms: number) => {
    time += ms
  }
  return { wall: () => time, pass }
}

describe('SpeedClock', () => {
  it('runs at the wall clock’s pace unless told otherwise', () => {
    const { wall, pass } = wallAt(1000)
    const clock = new SpeedClock({ wall })
    pass(250)
    expect(clock.now()).toBe(1250)
  })

  it('multiplies passing time by its speed', () => {
    const { wall, pass } = wallAt(1000)
    const clock = new SpeedClock({ wall, speed: 60 })
    pass(1000)
    expect(clock.now()).toBe(61_000)
  })

  it('does not jump when the speed changes', () => {
    const { wall, pass } = wallAt(0)
    const clock = new SpeedClock({ wall, speed: 10 })
    pass(100)
    clock.setSpeed(1)
    expect(clock.now()).toBe(1000)
    pass(100)
    expect(clock.now()).toBe(1100)
  })

  it('stands still at speed 0 and moves only when advanced', () => {
    const { wall, pass } = wallAt(0)
    const clock = new SpeedClock({ wall, speed: 0, startTime: 500 })
    pass(10_000)
    expect(clock.now()).toBe(500)
    clock.advance(20)
    expect(clock.now()).toBe(520)
  })

  it('never runs backwards when the wall clock is set back', () => {
    const { wall, pass } = wallAt(5000)
    const clock = new SpeedClock({ wall })
    pass(-3000)
    expect(clock.now()).toBe(5000)
    pass(10)
    expect(clock.now()).toBe(5010)
  })

  it('refuses a speed or an advance that would turn time back', () => {
    const clock = new SpeedClock()
    expect(() => clock.setSpeed(-1)).toThrow(RangeError)
    expect(() => clock.advance(-1)).toThrow(RangeError)
    expect(() => new SpeedClock({ speed: Number.NaN })).toThrow(RangeError)
  })
})
