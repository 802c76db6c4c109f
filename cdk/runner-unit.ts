/** Where the bundle lies on a runner's machine. */
export const runnerFolder = '/opt/upquorum'

/** The name of the service, as `systemctl` and `journalctl -u` want it. */
export const runnerService = 'upquorum-runner.service'

/** The runner reports each second for as long as it knows its next ticks. */
const watchdogSeconds = 60

/**
 * The systemd unit of a runner. It owns nothing but CAP_NET_RAW: no user of its own between two starts, no
 * writable file outside its private /tmp, no way to more rights.
 *
 * A process that ends is started again after five seconds. One that has ended five times within two minutes
 * has a fault that a new machine may not have: the machine powers itself off and its group replaces it. The
 * watchdog alone never comes to that, since a home that is away is no fault of this machine.
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

[Service]
Type=notify
NotifyAccess=main
WatchdogSec=${watchdogSeconds}
ExecStart=${folder}/bin/node ${folder}/runner.mjs
Restart=always
RestartSec=5
TimeoutStartSec=60
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
