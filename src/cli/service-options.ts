import { type Command, Option } from 'commander';
import { CliError } from './cli-error.js';
import { ServiceClient } from './service-client.js';

export interface ServiceOptions {
  url: string;
  user: string;
}

/** Options of every command that speaks to a running service. There is none for the password: others see command lines. */
export function withServiceOptions(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'address of the service').env('GUIDES_URL').default('http://127.0.0.1:4502'))
    .addOption(new Option('--user <name>', 'who signs in; the password comes from GUIDES_PASSWORD or ADMIN_PASSWORD').env('GUIDES_USER').default('admin'));
}

/** @throws CliError when there is no password or the address is none. */
export function clientOf(options: ServiceOptions): ServiceClient {
  const password = process.env.GUIDES_PASSWORD ?? process.env.ADMIN_PASSWORD;
  const url = originOf(options.url);
  if (password === undefined || password === '') {
    throw new CliError(`Set the environment variable GUIDES_PASSWORD to the password of "${options.user}".`);
  }
  return new ServiceClient({ url, user: options.user, password });
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new CliError(`"${text}" is not the address of a service; it looks like http://127.0.0.1:4502.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new CliError('The address must not hold a user or password: use --user and the environment variable GUIDES_PASSWORD.');
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/bin\/guides\/v1$/, '');
}
