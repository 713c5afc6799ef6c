import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort, root } from '../../scripts/motia-process'
import { until } from '../../testkit/installation'

/** A server as Motia is one: it probes the port, listens late, and ends at once when it is told to. */
const SERVER = `
import { createServer } from 'node:http'
import { createServer as probe } from 'node:net'
import { takePort } from './scripts/early-port.mjs'
const port = Number(process.argv[1])
const early = await takePort(port, '127.0.0.1', Number(process.argv[2]))
console.log(early === null ? 'taken' : 'open')
process.on('message', async (word) => {
  if (word === 'answer')
    early.answer(({ url }, response) => url === '/hook' && response.end('early') !== undefined)
  if (word !== 'listen') return
  const isFree = await new Promise((done) => {
    const test = probe()
    test.once('error', () => done(false))
    test.once('listening', () => test.close(() => done(true)))
    test.listen(port, '127.0.0.1')
  })
  const held = []
  const server = createServer(({ url }, response) => {
    if (url === '/slow') {
      held.push(response)
      console.log('held')
    } else response.end('late')
  })
  process.on('message', (word) => word === 'finish' && held.forEach((one) => one.end('done')))
  server.listen(port, '127.0.0.1', () => {
    console.log('listening ' + isFree + ' ' + server.address().port)
    process.on('SIGTERM', () => {
      server.close()
      process.exit(7)
    })
  })
})
`

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function start(port: number, longestWaitMs = 30_000) {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', SERVER, `${port}`, `${longestWaitMs}`],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  )
  children.push(child)
  let output = ''
  child.stdout?.on('data', (text) => {
    output += text
  })
  await until('the first line', () => output.includes('\n'))
  return { child, output: () => output }
}

/** Status and body; null: refused or cut off. */
function ask(port: number, path: string, method = 'POST'): Promise<{ status?: number; body: string } | null> {
  return new Promise((done) => {
    const sent = request({ port, path, method, host: '127.0.0.1', agent: false }, (response) => {
      let body = ''
      response.on('data', (text) => {
        body += text
      })
      response.on('end', () => done({ status: response.statusCode ?? 0, body }))
      response.on('error', () => done(null))
    })
    sent.on('error', () => done(null))
    sent.end()
  })
}
const isRefused = (port: number) =>
  new Promise<boolean>((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(false)
    })
    socket.on('error', () => done(true))
  })

describe('The port of a server that is starting', () => {
  it('is open at once: who asks waits, is answered early, and then by the server itself', async () => {
    const port = await freePort()
    const { child, output } = await start(port)
    const waiting = [ask(port, '/hook'), ask(port, '/page', 'GET')]
    child.send('answer')
    const [hook, page] = await Promise.all(waiting)
    expect(hook).toEqual({ status: 200, body: 'early' })
    expect(page?.status).toBe(503)
    child.send('listen')
    await until('the server to listen', () => output().includes('listening'))
    expect(output()).toContain(`listening true ${port}`)
    expect(await ask(port, '/page', 'GET')).toEqual({ status: 200, body: 'late' })
  })

  it('nobody waits for longer than EspoCRM does: it is told to send again', async () => {
    const port = await freePort()
    const { child } = await start(port, 1)
    expect((await ask(port, '/hook'))?.status).toBe(503)
    child.send('answer')
    await until('the handler', async () => (await ask(port, '/hook'))?.body === 'early')
  })

  it('is never closed in between', async () => {
    const port = await freePort()
    const { child, output } = await start(port)
    child.send('answer')
    let isOver = false
    let tries = 0
    const refused: boolean[] = []
    const trying = (async () => {
      while (!isOver) {
        tries += 1
        if (await isRefused(port)) refused.push(true)
      }
    })()
    child.send('listen')
    await until('the server to listen', () => output().includes('listening'))
    isOver = true
    await trying
    expect(tries).toBeGreaterThan(1)
    expect(refused).toEqual([])
  })

  it('is answered to the last: what is under way when the server is told to end', async () => {
    const port = await freePort()
    const { child, output } = await start(port)
    child.send('listen')
    await until('the server to listen', () => output().includes('listening'))
    const slow = ask(port, '/slow')
    await until('the request to arrive', () => output().includes('held'))
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ask(port, '/page', 'GET')).toEqual({ status: 200, body: 'late' })
    child.send('finish')
    expect(await slow).toEqual({ status: 200, body: 'done' })
    expect((await exited)[0]).toBe(7)
  })

  it('with nothing under way the server ends at once', async () => {
    const port = await freePort()
    const { child, output } = await start(port)
    child.send('listen')
    await until('the server to listen', () => output().includes('listening'))
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect((await exited)[0]).toBe(7)
  })

  it('says that it is taken where something listens there', async () => {
    const port = await freePort()
    await start(port)
    const second = await start(port)
    expect(second.output()).toBe('taken\n')
  })
})
