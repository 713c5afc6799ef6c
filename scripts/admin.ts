// Named administrators: adds, lists and removes them in SYNC_ADMIN_USERS_FILE.
import { Argument, Option } from 'commander'
import { addUser, listUsers, removeUser } from '../services/access/admin-users'
import { languageOf, usersFile } from '../services/config'
import { ConfigError } from '../services/errors'
import { ROLES, type Role } from '../services/model/administrator'
import { terminalText } from '../services/text/terminal'
import { visible } from '../services/visible-text'
import { defineCommand, EXIT, loadDotEnv, printJson, runAlone } from './command'
import { tableOf } from './table'

function open() {
  loadDotEnv()
  const file = usersFile()
  if (file === undefined) throw new ConfigError(['SYNC_ADMIN_USERS_FILE is missing'])
  return { file, text: terminalText(languageOf()).admin }
}

const name = () => new Argument('<name>', 'lower-case letters, digits, ".", "@" and "-"')

const add = defineCommand('add', 'Adds somebody and shows the token, once', [
  ['admin add anna --role operate', 'a second time: a new role and a new token; the old one ends'],
])
  .addArgument(name())
  .addOption(new Option('--role <role>', 'what she or he may do').choices(ROLES).makeOptionMandatory())
  .option('--json', 'for machines')
  .action(async (who: string, { role, json }: { role: Role; json?: true }) => {
    const { file, text } = open()
    const token = await addUser(file, who, role)
    if (json) printJson({ name: who, role, token })
    else console.log(`✅ ${text.added(who, role)}\n   ${token}\n   ${text.once}`)
  })

const list = defineCommand('list', 'Who is in the file, with which role', [['admin list', 'as a table']])
  .option('--json', 'for machines')
  .action(({ json }: { json?: true }) => {
    const { file, text } = open()
    const users = listUsers(file).map(({ name: who, role }) => ({ name: who, role }))
    if (json) printJson(users)
    else if (users.length === 0) console.log(text.nobody)
    else
      console.log(
        tableOf(
          text.columns,
          users.map(({ name: who, role }) => [who, text.roles[role]]),
        ),
      )
  })

const remove = defineCommand('remove', 'Takes somebody out: the token and all sessions end', [
  ['admin remove anna', 'on every server that reads this file, within a second'],
])
  .addArgument(name())
  .action(async (who: string) => {
    const { file, text } = open()
    if (await removeUser(file, who)) console.log(`✅ ${text.removed(who)}`)
    else {
      console.error(`❌ ${text.unknown(visible(who))}`)
      process.exitCode = EXIT.failed
    }
  })

export const command = defineCommand('admin', 'Named administrators, beside SYNC_ADMIN_TOKEN')
  .addCommand(add)
  .addCommand(list)
  .addCommand(remove)

await runAlone(import.meta, command)
