import { lauxlib, lua, lualib, to_luastring } from 'fengari'

/** What Redis answers: a bulk string, an integer, a list, or nothing. */
export type Reply = string | number | null | Reply[]

const bytes = (text: string) => to_luastring(text)

/** Runs the product's Redis scripts as they are, with Redis' conversions between Lua and replies. */
export class ScriptEngine {
  private readonly state = lauxlib.luaL_newstate()
  private readonly compiled = new Map<string, number>()

  constructor(private readonly call: (args: string[]) => Reply) {
    const { state } = this
    lualib.luaL_openlibs(state)
    lua.lua_newtable(state)
    lua.lua_pushcfunction(state, (inner) => {
      const args = Array.from({ length: lua.lua_gettop(inner) }, (_, index) =>
        this.argument(inner, index + 1),
      )
      this.push(this.call(args))
      return 1
    })
    lua.lua_setfield(state, -2, bytes('call'))
    lua.lua_setglobal(state, bytes('redis'))
    // This Lua has integers of 32 bits, and Redis' has none: '%d' takes any number here as it does there.
    lua.lua_getglobal(state, bytes('string'))
    lua.lua_pushcfunction(state, (inner) => {
      const format = lua.lua_tojsstring(inner, 1)
      if (format !== '%d') throw new Error(`string.format('${format}') is not known here`)
      lua.lua_pushstring(inner, bytes(String(Math.trunc(lua.lua_tonumber(inner, 2)))))
      return 1
    })
    lua.lua_setfield(state, -2, bytes('format'))
    lua.lua_pop(state, 1)
  }

  eval(script: string, keys: string[], argv: string[]): Reply {
    const { state } = this
    this.setList('KEYS', keys)
    this.setList('ARGV', argv)
    lua.lua_rawgeti(state, lua.LUA_REGISTRYINDEX, this.compile(script))
    if (lua.lua_pcall(state, 0, 1, 0) !== lua.LUA_OK) {
      const message = lua.lua_tojsstring(state, -1)
      lua.lua_settop(state, 0)
      throw new Error(`ERR ${message}`)
    }
    const reply = this.reply(-1)
    lua.lua_settop(state, 0)
    return reply
  }

  private compile(script: string): number {
    const known = this.compiled.get(script)
    if (known !== undefined) return known
    if (lauxlib.luaL_loadstring(this.state, bytes(script)) !== lua.LUA_OK) {
      throw new Error(lua.lua_tojsstring(this.state, -1))
    }
    const reference = lauxlib.luaL_ref(this.state, lua.LUA_REGISTRYINDEX)
    this.compiled.set(script, reference)
    return reference
  }

  private setList(name: string, values: string[]): void {
    this.push(values)
    lua.lua_setglobal(this.state, bytes(name))
  }

  private argument(state: typeof this.state, index: number): string {
    const isNumber = lua.lua_type(state, index) === lua.LUA_TNUMBER
    return isNumber ? String(lua.lua_tonumber(state, index)) : lua.lua_tojsstring(state, index)
  }

  private push(reply: Reply): void {
    const { state } = this
    if (reply === null) lua.lua_pushboolean(state, false)
    else if (typeof reply === 'number') lua.lua_pushinteger(state, reply)
    else if (typeof reply === 'string') lua.lua_pushstring(state, bytes(reply))
    else {
      lua.lua_newtable(state)
      for (const [index, one] of reply.entries()) {
        this.push(one)
        lua.lua_rawseti(state, -2, index + 1)
      }
    }
  }

  private reply(index: number): Reply {
    const { state } = this
    const type = lua.lua_type(state, index)
    if (type === lua.LUA_TNIL) return null
    if (type === lua.LUA_TBOOLEAN) return lua.lua_toboolean(state, index) ? 1 : null
    if (type === lua.LUA_TNUMBER) return Math.trunc(lua.lua_tonumber(state, index))
    if (type !== lua.LUA_TTABLE) return lua.lua_tojsstring(state, index)
    const list: Reply[] = []
    const length = lua.lua_rawlen(state, index)
    for (let at = 1; at <= length; at++) {
      lua.lua_rawgeti(state, index < 0 ? index : index, at)
      list.push(this.reply(-1))
      lua.lua_pop(state, 1)
    }
    return list
  }
}
