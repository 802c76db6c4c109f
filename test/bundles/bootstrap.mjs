// What Lambda's own runtime does with a bundle: import it, then fetch one invocation after the other from
// the Runtime API and answer it. Plain JavaScript, so that nothing but the bundle costs time.
const [, , bundle] = process.argv
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`

const before = performance.now()
const { handler } = await import(bundle)
const initMs = performance.now() - before

for (;;) {
  const next = await fetch(`${api}/invocation/next`, { headers: { 'x-init-ms': String(initMs) } })
  const id = next.headers.get('lambda-runtime-aws-request-id')
  const deadlineMs = Number(next.headers.get('lambda-runtime-deadline-ms'))
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadlineMs - Date.now() }
  try {
    const result = await handler(await next.json(), context)
    await fetch(`${api}/invocation/${id}/response`, { method: 'POST', body: JSON.stringify(result ?? null) })
  } catch (error) {
    const body = JSON.stringify({ errorType: error.name, errorMessage: error.message })
    await fetch(`${api}/invocation/${id}/error`, { method: 'POST', body })
  }
}
