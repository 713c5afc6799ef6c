import { createHmac } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { signTokenRequest } from '../../services/advoware/advoware-client'
import { computeBlake3, verifyBlake3 } from '../../services/blake3'
import { espoAuthorization } from '../../services/espo/espo-client'

describe('Advoware: the signature of a token request', () => {
  it('is the golden vector of docs/contracts.md', () => {
    const key = Buffer.from('test-secret-key').toString('base64')
    const message = {
      product: 64,
      appId: 'app-123',
      nonce: 'nonce-abc',
      timestamp: '2026-08-30T00:00:00.000Z',
    }
    expect(signTokenRequest(key, message)).toBe(
      'o7rz9KmoXZs550HfzO6ffiG17XwiPmlBHlksUYKZ3jcfolELow51Fw5KlrQqCK5y41aIValDjrh1iQ2GZ2WtqQ==',
    )
  })
})

describe('EspoCRM: authentication', () => {
  it('is the plain key without a secret', () => {
    const headers = espoAuthorization({ apiKey: 'key', secretKey: undefined }, 'GET', 'CAkten')
    expect(headers).toEqual({ 'X-Api-Key': 'key' })
  })

  it.each([
    ['GET', 'CAkten', 'GET /CAkten'],
    ['PUT', 'CDokumente/65f0', 'PUT /CDokumente/65f0'],
    ['POST', 'Attachment/chunk/65f1', 'POST /Attachment/chunk/65f1'],
  ])('is base64(key:hex HMAC-SHA256) of %s /%s with a secret', (method, path, message) => {
    const headers = espoAuthorization({ apiKey: 'key', secretKey: 'secret' }, method, path)
    const hex = createHmac('sha256', 'secret').update(message).digest('hex')
    expect(Object.keys(headers)).toEqual(['X-Hmac-Authorization'])
    const value = Buffer.from(headers['X-Hmac-Authorization'] ?? '', 'base64').toString()
    expect(value).toBe(`key:${hex}`)
  })
})

describe('Blake3: known values', () => {
  it.each([
    ['nothing', [], 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
    ['abc', ['abc'], '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
    ['abc in pieces', ['a', '', 'bc'], '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
  ])('%s', async (_what, chunks, expected) => {
    const stream = () => Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
    expect(await computeBlake3(stream())).toBe(expected)
    expect(await verifyBlake3(stream(), expected.toUpperCase())).toBe(true)
    expect(await verifyBlake3(stream(), '0'.repeat(64))).toBe(false)
  })
})
