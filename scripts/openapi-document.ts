interface Schema {
  properties?: Record<string, { default?: unknown }>
  required?: string[]
}
interface Answer {
  description: string
  content?: Record<string, { schema: unknown }>
}
interface Operation {
  parameters?: { in: string; name: string; required?: boolean; description?: string; schema: unknown }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, Answer>
  security?: unknown[]
}
export interface Document {
  paths: Record<string, Record<string, Operation>>
  components?: Record<string, unknown>
  security?: unknown[]
}

const PARAMETERS: Record<string, string> = {
  aktennummer: 'Percent-encoded: 124/24 is written 124%2F24',
  hash: 'Blake3 of the version, 64 hex digits',
}
/** Answers that are not JSON: Motia cannot describe them. */
const OTHER_CONTENT: Record<string, string> = {
  '/metrics': 'text/plain',
  '/archive/{hash}': 'application/octet-stream',
}
const PUBLIC = ['/health', '/webhooks/espocrm']

/** Turns what Motia generates into a document that other tools accept: path parameters, problem+json, security. */
export function completeOpenApi(generated: Document): Document {
  const paths: Document['paths'] = {}
  for (const [motiaPath, operations] of Object.entries(generated.paths)) {
    const path = motiaPath.replace(/:(\w+)/g, '{$1}')
    paths[path] = Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [method, completeOperation(path, operation)]),
    )
  }
  const securitySchemes = { adminToken: { type: 'http', scheme: 'bearer', description: 'SYNC_ADMIN_TOKEN' } }
  return {
    ...generated,
    paths,
    components: { ...generated.components, securitySchemes },
    security: [{ adminToken: [] }],
  }
}

function completeOperation(path: string, operation: Operation): Operation {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ in: 'path', name, required: true, schema: { type: 'string' } },
    description: PARAMETERS[name] ?? name,
  }))
  const parameters = [...inPath, ...(operation.parameters ?? [])]
  const content = OTHER_CONTENT[path]
  const responses = Object.fromEntries(
    Object.entries(operation.responses).map(([status, answer]) => [status, completeAnswer(status, answer)]),
  )
  if (content)
    responses['200'] = { description: 'Done', content: { [content]: { schema: { type: 'string' } } } }
  else if (Object.keys(responses).length === 0) responses['200'] = { description: 'Done' }
  return {
    ...operation,
    ...(operation.requestBody ? { requestBody: completeBody(operation.requestBody) } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(PUBLIC.includes(path) ? { security: [] } : {}),
    responses,
  }
}

/** A property with a default is optional. */
function completeBody(body: NonNullable<Operation['requestBody']>): NonNullable<Operation['requestBody']> {
  const content = Object.fromEntries(
    Object.entries(body.content).map(([type, { schema }]) => {
      const required =
        schema.required?.filter((name) => schema.properties?.[name]?.default === undefined) ?? []
      const { required: _, ...others } = schema
      return [type, { schema: required.length > 0 ? { ...others, required } : others }]
    }),
  )
  return { content }
}

function completeAnswer(status: string, { content }: Answer): Answer {
  const schema = content?.['application/json']?.schema
  const isProblem = Number(status) >= 400 && isProblemSchema(schema)
  const type = isProblem ? 'application/problem+json' : 'application/json'
  const description = Number(status) >= 400 ? 'Problem' : 'Done'
  return schema === undefined ? { description } : { description, content: { [type]: { schema } } }
}

const isProblemSchema = (schema: unknown) =>
  ['title', 'status', 'detail'].every((name) => name in ((schema as Schema | undefined)?.properties ?? {}))
