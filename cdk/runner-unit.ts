/** The folder of the bundle on a runner's machine. */
export const runnerFolder = '/opt/upquorum'

/** The unit name for `systemctl` and `journalctl -u`. */
export const runnerService = 'upquorum-runner.service'

/** The runner reports to the watchdog every second; after this long without a report it is considered stuck. */
const stuckSeconds = 60

/** `exitCode.replace` of functions/runner/connectivity.ts. */
const replaceStatus = 69

/**
 * The systemd unit of a runner. Its only privilege is CAP_NET_RAW: the user exists only while it runs, no file outside
 * its private /tmp is writable, and it cannot gain privileges.
 *
 * It is ready when a home has its first ballot or the plan has nothing for it soon; `systemctl start`, and so the
 * deployment, waits for that. Until then it extends the start timeout every second, so TimeoutStartSec only limits how
 * long it may be stuck.
 *
 * A process that ends is restarted after five seconds, and a stuck one is killed. In two cases the machine is replaced:
 * it powers off, which terminates it, and its auto scaling group creates another.
 * - Five exits within two minutes: the runner cannot run here. Kills by the watchdog are too rare to add up to that.
 * - Exit status 69: the runner works but reaches no home, a restarted process did not either, and the machine has been
 *   up for half an hour. An unreachable home therefore costs at most one machine every half hour, and none if it is
 *   back within twenty minutes. OnFailure fires only if the service is not restarted; FailureAction would fire at every
 *   exit (tested with systemd 252, the version of Amazon Linux 2023).
 *
 * HOME is set because a dynamic user has none. The AWS SDK looks for its files there, and if the C library knows no
 * home directory either, its calls fail before they reach the network.
 *
 * Output goes to the journal and to the console, so that `aws ec2 get-console-output` shows it even when nothing
 * reaches CloudWatch.
 *
 * @param environment must contain neither spaces nor quotes.
 */
export function runnerUnit(environment: Readonly<Record<string, string>>, folder = runnerFolder): string {
  return `[Unit]
Description=upquorum: votes as ${environment.UPQUORUM_VOTER}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=120
StartLimitBurst=5
StartLimitAction=poweroff
OnFailure=poweroff.target

[Service]
Type=notify
NotifyAccess=main
WatchdogSec=${stuckSeconds}
ExecStart=${folder}/bin/node ${folder}/runner.mjs
Restart=always
RestartSec=5
RestartPreventExitStatus=${replaceStatus}
TimeoutStartSec=${stuckSeconds}
TimeoutStopSec=10
StandardOutput=journal+console
Environment=HOME=/
${Object.entries(environment)
  .map(([name, value]) => `Environment=${name}=${value}`)
  .join('\n')}

DynamicUser=yes
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=multi-user.target
`
}
