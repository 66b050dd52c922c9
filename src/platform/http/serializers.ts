import createBuilder from '@fastify/fast-json-stringify-compiler';

const build = createBuilder();

/** Compiles each serializer on first use, because compiling all takes a tenth of the start time. */
export const buildSerializer: typeof build = (externalSchemas, options) => {
  const compile = build(externalSchemas, options);
  return (route) => {
    let serialize: ReturnType<typeof compile> | undefined;
    return (data) => {
      serialize ??= compile(route);
      return serialize(data);
    };
  };
};
