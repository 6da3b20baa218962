import { sql, type Kysely } from 'kysely';

/** One step of a schema; each name comes behind those before it, and a step that has been released never changes. */
export interface Migration {
  readonly name: string;
  /** One statement each. */
  readonly statements: readonly string[];
}

/** Chosen once; all Hermes nodes that share a database wait for one another on it. */
const LOCK = 4_846_172_391;

/**
 * Brings the schema of a feature up to what the program expects, forward only, all in one transaction: nodes that start
 * together wait for the first of them, which does it for all.
 *
 * @returns the names of what was done
 * @throws when the database is newer than the program
 */
export function migrate(
  db: Kysely<unknown>,
  feature: string,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  return db.transaction().execute(async (trx) => {
    await sql`set local statement_timeout = 0`.execute(trx);
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx);
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(trx);
    await sql`create table if not exists hermes_migrations (
      feature text not null, name text not null, done_at timestamptz not null default now(), primary key (feature, name)
    )`.execute(trx);
    const { rows } = await sql<{ name: string }>`
      select name from hermes_migrations where feature = ${feature}`.execute(trx);
    const todo = pending(new Set(rows.map(({ name }) => name)), migrations);
    for (const { name, statements } of todo) {
      for (const statement of statements) await sql.raw(statement).execute(trx);
      await sql`insert into hermes_migrations (feature, name) values (${feature}, ${name})`.execute(trx);
    }
    return todo.map(({ name }) => name);
  });
}

function pending(done: ReadonlySet<string>, migrations: readonly Migration[]): readonly Migration[] {
  const known = new Set(migrations.map(({ name }) => name));
  const newer = [...done].find((name) => !known.has(name));
  if (newer !== undefined) {
    throw new Error(`the database is newer than this program: it has had the migration ${newer}, unknown here`);
  }
  return migrations.filter(({ name }) => !done.has(name));
}
