// Keeps one core busy until stdin ends.
console.log('"ready"')
let stop = false
process.stdin.on('end', () => {
  stop = true
})
process.stdin.resume()
while (!stop) {
  const untilMs = performance.now() + 50
  while (performance.now() < untilMs);
  await new Promise((resolve) => setImmediate(resolve))
}
