/** Where a server listens. */
export interface MysqlHost {
  readonly host: string;
  readonly port: number;
}

export interface MysqlOptions {
  /** Servers that hold the same data, in the order in which they are tried; one of them is used at a time. */
  readonly hosts: readonly MysqlHost[];
  readonly user: string;
  /** Asked for each time a connection is made, so that a password can be changed under a running node. */
  readonly password: () => string;
  /** One group's own; it exists, and is empty before the group's first block. */
  readonly database: string;
  /** Who may use the database: data of another group is refused. */
  readonly chainId: number;
  readonly groupId: number;
  /** Connections that read at a time; default 4. Commits have one more, and long reads up to four. */
  readonly poolSize?: number;
  /** PEM of the authority that signed the servers' certificates; absent = no TLS. */
  readonly tlsCa?: string;
  /** Time limit of a statement in ms, after which the server counts as gone; default 15,000. */
  readonly statementMs?: number;
  /** How long the owner of a database may be silent before somebody else may take it over, in ms; default 15,000. */
  readonly leaseMs?: number;
  /** Looks at data as it is, also while its owner writes; nothing may be committed. */
  readonly readOnly?: boolean;
  /** Whether a server that cannot be used now is waited for; default true. False = its reason is thrown. */
  readonly waits?: boolean;
}
