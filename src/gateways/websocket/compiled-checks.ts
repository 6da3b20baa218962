import { getMetadataStorage, type ValidatorConstraintInterface } from 'class-validator';

/** Whether class-validator would find nothing wrong with the object. */
export type Checks = (object: Readonly<Record<string, unknown>>) => boolean;

interface PropertyChecks {
  readonly property: string;
  readonly conditions: readonly ((object: unknown, value: unknown) => boolean)[];
  readonly validators: readonly ((value: unknown, object: object) => boolean)[];
}

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/**
 * Looks up once what class-validator looks up for each object. Only plain decorators are known here (types, lengths,
 * patterns, `IsOptional`, `ValidateIf`); with any other on the class there is no shortcut and undefined is returned.
 */
export function compileChecks(type: new () => object): Checks | undefined {
  const storage = getMetadataStorage();
  const metadatas = storage.getTargetValidationMetadatas(type, '', false, false);
  if (!metadatas.every(isPlain)) return undefined;
  const properties = Object.entries(storage.groupByPropertyName(metadatas)).map(
    ([property, group]): PropertyChecks => ({
      property,
      conditions: group.filter(isCondition).map(({ constraints }) => constraints[0]),
      validators: group.filter((metadata) => !isCondition(metadata)).flatMap(validatorsOf),
    }),
  );
  return (object) => properties.every((checks) => passes(checks, object));
}

function passes(
  { property, conditions, validators }: PropertyChecks,
  object: Readonly<Record<string, unknown>>,
): boolean {
  const value = object[property];
  for (const applies of conditions) if (!applies(object, value)) return true;
  for (const validate of validators) if (!validate(value, object)) return false;
  return true;
}

function validatorsOf({ constraintCls, constraints, propertyName, target }: Metadata): PropertyChecks['validators'] {
  const targetName = typeof target === 'string' ? target : target.name;
  return getMetadataStorage()
    .getTargetValidatorConstraints(constraintCls)
    .map(({ instance }) => {
      const validator = instance as ValidatorConstraintInterface;
      return (value, object) =>
        validator.validate(value, { value, object, constraints, targetName, property: propertyName }) === true;
    });
}

function isCondition({ type }: Metadata): boolean {
  return type === 'conditionalValidation';
}

function isPlain(metadata: Metadata): boolean {
  if (metadata.each || metadata.validateIf !== undefined || (metadata.groups?.length ?? 0) > 0) return false;
  return isCondition(metadata) || metadata.type === 'customValidation';
}
