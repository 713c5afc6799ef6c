/** Work that many ask for at the same time is done once: whoever asks while it is under way gets its answer. */
export class SharedWork<T> {
  private readonly underWay = new Map<string, Promise<T>>()

  run(name: string, work: () => Promise<T>): Promise<T> {
    const known = this.underWay.get(name)
    if (known) return known
    const begun = work().finally(() => this.underWay.delete(name))
    this.underWay.set(name, begun)
    return begun
  }
}
