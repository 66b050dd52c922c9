import createBuilder from '@fastify/ajv-compiler';

const build = createBuilder();
type Compile = ReturnType<typeof build>;
type Validate = ReturnType<Compile>;

/** Makes each validator when it is first used: all at once would be a tenth of the start. */
export const buildValidator: typeof build = (externalSchemas, options) => {
  const compile = build(externalSchemas, options);
  return (route, meta) => {
    let made: Validate | undefined;
    const validate = (data: unknown) => {
      made ??= compile(route, meta);
      const valid = made(data);
      validate.errors = made.errors;
      return valid;
    };
    validate.errors = undefined as Validate['errors'];
    return validate as Validate; // Fastify calls it and reads its errors; the rest of the type is Ajv's own
  };
};
