import createValidatorFactory from '@fastify/ajv-compiler';
import createSerializerFactory from '@fastify/fast-json-stringify-compiler';

/*
 * Fastify's compilers of schemas. They compile each validator and serializer on first use, because compiling all of them takes a
 * fifth of the start time.
 */

const serializerFactory = createSerializerFactory();
const validatorFactory = createValidatorFactory();
type Validate = ReturnType<ReturnType<typeof validatorFactory>>;

export const buildSerializer: typeof serializerFactory = (externalSchemas, options) => {
  const compile = serializerFactory(externalSchemas, options);
  return (route) => {
    let serialize: ReturnType<typeof compile> | undefined;
    return (data) => {
      serialize ??= compile(route);
      return serialize(data);
    };
  };
};

export const buildValidator: typeof validatorFactory = (externalSchemas, options) => {
  const compile = validatorFactory(externalSchemas, options);
  return (route, meta) => {
    let compiled: Validate | undefined;
    const validate = (data: unknown) => {
      compiled ??= compile(route, meta);
      const valid = compiled(data);
      validate.errors = compiled.errors;
      return valid;
    };
    validate.errors = undefined as Validate['errors'];
    return validate as Validate; // Fastify only calls it and reads its errors; the rest of the type is for Ajv
  };
};
