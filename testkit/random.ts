import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Every choice of a simulation comes from here: the same seed makes the same choices. */
export class Random {
  private readonly generator

  constructor(readonly seed: number) {
    this.generator = xoroshiro128plus(seed)
  }

  /** From `min` to `max`, both included. */
  int(min: number, max: number): number {
    return uniformInt(this.generator, min, max)
  }

  /** From 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.int(0, 0x7fffffff) / 0x80000000
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(choices: readonly T[]): T {
    const index = this.int(0, choices.length - 1)
    return choices[index] as T
  }

  /** Mostly short, now and then almost `max`: how long things take in an office. */
  skewed(max: number): number {
    return Math.floor(max * this.fraction() ** 4)
  }
}
