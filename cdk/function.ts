import { join } from 'node:path'
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, LoggingFormat, Runtime, SystemLogLevel, Tracing } from 'aws-cdk-lib/aws-lambda'
import { type ICommandHooks, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { type FunctionFile, functionName } from './names.ts'
import type { Options } from './options.ts'

export interface FunctionSettings {
  readonly options: Options
  readonly description: string
  readonly memoryMb: number
  readonly timeoutSeconds: number
  readonly environment: Readonly<Record<string, string>>
  readonly commandHooks?: ICommandHooks
}

const root = join(import.meta.dirname, '..')

/**
 * One of the functions: its file bundled, its own role that may write its own log and nothing else yet.
 * Whatever calls it asynchronously calls it once: what a minute's invocation could not do, the next one does. Nobody
 * calls those so that a queue or a stream calls, but by hand; it holds for them too, so that it holds for all.
 */
export function makeFunction(
  scope: Construct,
  file: FunctionFile,
  settings: FunctionSettings,
): NodejsFunction {
  const { options, description, memoryMb, timeoutSeconds, environment, commandHooks } = settings
  const logGroup = new LogGroup(scope, `${file}-log`, {
    logGroupName: `/aws/lambda/${functionName(file)}`,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(scope, `${file}-role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${functionName(file)} may do`,
  })
  logGroup.grantWrite(role)
  const made = new NodejsFunction(scope, file, {
    functionName: functionName(file),
    description,
    entry: join(root, 'functions', `${file}.ts`),
    projectRoot: root,
    depsLockFilePath: join(root, 'package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: memoryMb,
    timeout: Duration.seconds(timeoutSeconds),
    environment: { ...environment },
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    // Lambda's own three lines about each invocation that goes well would be most of what the logs cost; what
    // they say is in the metrics too.
    systemLogLevelV2: SystemLogLevel.WARN,
    tracing: options.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
    // The functions set nothing that the SDK reads from its environment.
    awsSdkConnectionReuse: false,
    ...(options.reservedConcurrency === undefined
      ? {}
      : { reservedConcurrentExecutions: options.reservedConcurrency }),
    bundling: {
      format: OutputFormat.ESM,
      target: 'node24',
      mainFields: ['module', 'main'],
      minify: true,
      logLevel: LogLevel.WARNING,
      bundleAwsSDK: true,
      // Only checks with secrets import these two, and only then: the runtime's own copy does for them.
      externalModules: ['@aws-sdk/client-ssm', '@aws-sdk/client-secrets-manager'],
      // CommonJS packages inside an ES module ask for Node's own modules by `require`. A shorter name for it
      // could be the same as a minified one.
      banner:
        "import{createRequire as __nodeCreateRequire}from'node:module';const require=__nodeCreateRequire(import.meta.url);",
      esbuildArgs: { '--alias:node:http': join(root, 'functions/runtime/node-http.cjs') },
      ...(commandHooks === undefined ? {} : { commandHooks }),
    },
  })
  if (options.tracing) {
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resources to name: xray:PutTraceSegments and PutTelemetryRecords take only "*".',
    })
  }
  return made
}
