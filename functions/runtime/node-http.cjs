// In place of `node:http` in a bundle. To import a module of Node's from an ES module reads everything that it
// exports, and node:http's WebSocket is a getter that loads all of undici: a quarter of a cold start for what
// nobody uses.
module.exports = process.getBuiltinModule('node:http')
