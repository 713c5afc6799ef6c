/** A file of a bench folder. */
export interface BenchFile {
  path: string
  size: number
}

const HEAVY = 1.2

/** The same numbers at every run: what is compared has the same files. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * So many files of a case in folders of 50, with this many bytes in all. Sizes are log-normal, as those of documents
 * are: most are small, a few are most of the bytes.
 */
export function makeFiles(count: number, bytes: number): BenchFile[] {
  const random = randomFrom(count)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const weights = Array.from({ length: count }, () => Math.exp(HEAVY * normal()))
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight, index) => ({
    path: `Band ${Math.floor(index / 50)}/Dokument ${index}.docx`,
    size: Math.max(64, Math.round((weight / sum) * bytes)),
  }))
}

/** The bytes of a file in one of its versions; no two files and no two versions are alike. */
export function contentOf({ path, size }: BenchFile, version: string): Buffer {
  const random = randomFrom(size)
  const content = Buffer.alloc(size, `${random()} ${path} ${version}\n`)
  content.write(`${version} ${path}`.slice(0, size))
  return content
}
