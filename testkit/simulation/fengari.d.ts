declare module 'fengari' {
  type LuaString = Uint8Array
  interface State {
    readonly lua: unique symbol
  }
  export function to_luastring(text: string): LuaString
  export const lua: {
    LUA_TNIL: number
    LUA_TBOOLEAN: number
    LUA_TNUMBER: number
    LUA_TTABLE: number
    LUA_OK: number
    LUA_REGISTRYINDEX: number
    lua_call(state: State, args: number, results: number): void
    lua_gettop(state: State): number
    lua_newtable(state: State): void
    lua_pcall(state: State, args: number, results: number, handler: number): number
    lua_pop(state: State, count: number): void
    lua_pushboolean(state: State, value: boolean): void
    lua_pushcfunction(state: State, fn: (state: State) => number): void
    lua_pushnumber(state: State, value: number): void
    lua_pushinteger(state: State, value: number): void
    lua_pushstring(state: State, value: LuaString): void
    lua_rawgeti(state: State, index: number, key: number): number
    lua_rawlen(state: State, index: number): number
    lua_rawseti(state: State, index: number, key: number): void
    lua_setfield(state: State, index: number, key: LuaString): void
    lua_getglobal(state: State, name: LuaString): number
    lua_setglobal(state: State, name: LuaString): void
    lua_settop(state: State, index: number): void
    lua_toboolean(state: State, index: number): boolean
    lua_tojsstring(state: State, index: number): string
    lua_tonumber(state: State, index: number): number
    lua_type(state: State, index: number): number
  }
  export const lauxlib: {
    luaL_loadstring(state: State, code: LuaString): number
    luaL_newstate(): State
    luaL_ref(state: State, index: number): number
  }
  export const lualib: { luaL_openlibs(state: State): void }
}
