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
 * Creates one of the functions: its bundled file, its log group, and a role that may only write that log until more is
 * granted. A failed asynchronous invocation is not retried, because the next minute's does the same work; queues and
 * streams invoke synchronously, so for their functions that only concerns asynchronous calls by hand.
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
    description: `Permissions of ${functionName(file)}`,
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
    // Lambda's own three lines per successful invocation would be most of the logging cost; the metrics show the same.
    systemLogLevelV2: SystemLogLevel.WARN,
    tracing: options.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
    // Omits AWS_NODEJS_CONNECTION_REUSE_ENABLED, which version 3 of the SDK does not need.
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
      // Loaded on demand and only for checks with secrets, so the copy in the Lambda runtime is good enough.
      externalModules: ['@aws-sdk/client-ssm', '@aws-sdk/client-secrets-manager'],
      // CommonJS packages bundled into an ES module load Node's built-in modules with `require`. A shorter name than
      // __nodeCreateRequire could collide with a minified one.
      banner:
        "import{createRequire as __nodeCreateRequire}from'node:module';const require=__nodeCreateRequire(import.meta.url);",
      esbuildArgs: { '--alias:node:http': join(root, 'functions/runtime/node-http.cjs') },
      ...(commandHooks === undefined ? {} : { commandHooks }),
    },
  })
  if (options.tracing) {
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords support no resource but "*".',
    })
  }
  return made
}
