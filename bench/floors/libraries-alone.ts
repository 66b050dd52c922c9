import '@node-rs/argon2';
import 'fastify';
import 'helmet';
import 'jose';
import 'libphonenumber-js/max';
import 'oidc-provider';
import 'pg';
import 'pino';
import 'typebox';
import { createServer } from 'node:http';

/** Loads the larger libraries that the server needs, and does nothing. `libraries-alone.ts PORT` */
createServer().listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
