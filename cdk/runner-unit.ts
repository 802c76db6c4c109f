/** Where the bundle lies on a runner's machine. */
export const runnerFolder = '/opt/upquorum'

/** The name of the service, as `systemctl` and `journalctl -u` want it. */
export const runnerService = 'upquorum-runner.service'

/** The runner reports each second for as long as it is not stuck. */
const stuckSeconds = 60

/** `exitCode.replace` of functions/runner/connectivity.ts. */
const replaceStatus = 69

/**
 * The systemd unit of a runner. It owns nothing but CAP_NET_RAW: no user of its own between two starts, no
 * writable file outside its private /tmp, no way to more rights.
 *
 * It is ready when its first ballot is in a home, or the plan has nothing for it soon: `systemctl start` waits
 * for that, and so does the deployment. Until then it asks for more time each second, so that the seconds in
 * which it must start are those in which it may be stuck.
 *
 * A process that ends is started again after five seconds, and one that is stuck is killed. Two ways lead to a
 * new machine: this one powers itself off, which ends it, and its group makes another.
 * - Five ends within two minutes: it cannot run here. The watchdog alone never comes to that.
 * - Status 69: it runs and reaches no home, a second process did not either, and the machine has been
 *   up for half an hour. That is also the most that a home which is away costs: a machine every half hour,
 *   and none for an outage of less than twenty minutes. OnFailure counts only what is not started again;
 *   FailureAction would count every end of a process (tried with systemd 252, which Amazon Linux 2023 has).
 *
 * A dynamic user has no HOME. The AWS SDK looks there for its files, and where the C library does not know of a
 * home either, no call of the SDK gets as far as the network.
 *
 * What it prints goes to the journal, and to the machine's console: that is what `aws ec2 get-console-output`
 * shows, also when nothing reaches CloudWatch.
 *
 * @param environment must hold neither spaces nor quotes.
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
