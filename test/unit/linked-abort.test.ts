import { expect, it, vi } from 'vitest'
import { LinkedAbort } from '../../services/linked-abort'

it('follows whatever it is linked to until it is released, as many as there are, without a warning of Node', () => {
  const warned = vi.spyOn(process, 'emitWarning')
  const [lock, deadline] = [new AbortController(), new AbortController()]
  const all = Array.from({ length: 50 }, () => new LinkedAbort([lock.signal, deadline.signal]))
  const released = new LinkedAbort([lock.signal])
  released.release()

  deadline.abort('too late')
  lock.abort('lost')

  expect(all.map(({ signal }) => signal.reason)).toEqual(all.map(() => 'too late'))
  expect(released.signal.aborted).toBe(false)
  expect(new LinkedAbort([lock.signal]).signal.reason).toBe('lost')
  expect(warned).not.toHaveBeenCalled()
})
