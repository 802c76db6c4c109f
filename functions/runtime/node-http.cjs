// Replaces `node:http` in the bundles. Importing a built-in module from an ES module reads all of its exports, and
// WebSocket of node:http is a getter that loads undici, which is unused and a quarter of a cold start.
module.exports = process.getBuiltinModule('node:http')
