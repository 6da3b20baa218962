import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { compileChecks, type Checks } from './compiled-checks.js';
import { Refusal } from './refusal.js';

/**
 * Reads the body of a command into the class of the parameter: its declared fields, and nothing else that the client put
 * there. What does not fit is refused with the name of the field and the rule.
 */
export class CommandBodyPipe implements PipeTransform {
  /** Undefined until the first command, and for classes that only class-validator itself can check. */
  #checks: Checks | undefined;
  #compiled = false;

  transform(body: unknown, { metatype }: ArgumentMetadata): object {
    if (metatype === undefined) throw new Error('a command body needs a class that says what it holds');
    const command = new metatype() as Record<string, unknown>;
    const given = body as Record<string, unknown>;
    for (const field in command) if (Object.hasOwn(given, field)) command[field] = given[field];
    if (!this.#compiled) this.#compile(metatype);
    if (this.#checks?.(command)) return command;
    const faults = validateSync(command).flatMap(({ constraints }) => Object.values(constraints ?? {}));
    if (faults.length === 0) return command;
    throw new Refusal(400, faults.map((fault) => `command.${fault}`).join('; '));
  }

  #compile(type: new () => object): void {
    this.#checks = compileChecks(type);
    this.#compiled = true;
  }
}
