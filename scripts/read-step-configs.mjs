// Reads the configuration of one step after the other by Motia's own program for a single one, whose path is the first
// argument: services/motia/step-configs.ts sends the compiled file of a step and gets its configuration. Ends with 1, as
// that program does, when a step cannot be read. Plain JavaScript: loading tsx would cost what this saves.
import { pathToFileURL } from 'node:url'

const { href } = pathToFileURL(process.argv[2])
const end = process.exit
let reads = 0

// Motia's program takes the file from the command line, sends the configuration, and ends.
process.exit = (code) => {
  if (code !== 0) end(code)
}
process.on('message', (file) => {
  process.argv[2] = file
  void import(`${href}?${++reads}`) // says itself what is wrong
})
