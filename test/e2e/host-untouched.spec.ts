import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ArgumentsHost,
  Body,
  Catch,
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  Post,
  Query,
  Res,
  UseFilters,
  UseGuards,
  ValidationPipe,
  Version,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IsInt } from 'class-validator';
import type { Response } from 'express';
import { GuidesProcessingModule, type SettingsOverrides } from '../../src/index.js';
import { BASE, testUsers } from '../support/http-service.js';

class CountDto {
  @IsInt()
  count!: number;
}

class TeapotError extends Error {}

@Catch(TeapotError)
class TeapotFilter implements ExceptionFilter {
  catch(_: TeapotError, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(418).send('short and stout');
  }
}

@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>().headers['x-key'] === 'k';
  }
}

@Controller('things')
class ThingsController {
  @Get()
  list(@Query() query: Record<string, unknown>): unknown {
    return { query };
  }
  @Get()
  @Version('2')
  listNewer(): unknown {
    return ['newer'];
  }
  @Post()
  create(@Body() body: CountDto): unknown {
    return body;
  }
  @Post('raw')
  raw(@Body() body: unknown): unknown {
    return { type: typeof body, body };
  }
  @Get('guarded')
  @UseGuards(KeyGuard)
  guarded(): string {
    return 'open';
  }
  @Get('teapot')
  @UseFilters(TeapotFilter)
  teapot(): never {
    throw new TeapotError();
  }
  @Get('crash')
  crash(): never {
    throw new Error('secret');
  }
  @Get('stream')
  stream(@Res() response: Response): void {
    response.type('text/plain').write('one ');
    response.end('two');
  }
}

const json = (body: string, extra = ''): string =>
  `POST /host/things HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extra}Connection: close\r\n\r\n${body}`;
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${headers}Connection: close\r\n\r\n`;

/** What a client of the host may send, well-formed or not, near the module's own paths too. */
const REQUESTS: Record<string, string> = {
  'a list': get('/host/things?a[b]=1&a[c][]=2'),
  'a newer version': get('/host/things', 'X-Version: 2\r\n'),
  'an unknown version': get('/host/things', 'X-Version: 9\r\n'),
  'a valid body': json('{"count":3}'),
  'an invalid body': json('{"count":"x","other":1}'),
  'malformed JSON': json('{"count":'),
  'a body over the limit of the host': json(JSON.stringify({ count: 'x'.repeat(200_000) })),
  'a form': json('count=3').replace('application/json', 'application/x-www-form-urlencoded'),
  'another content type': json('<x/>').replace('application/json', 'text/xml').replace('/things', '/things/raw'),
  'a closed guard': get('/host/things/guarded'),
  'an open guard': get('/host/things/guarded', 'X-Key: k\r\n'),
  'a filter': get('/host/things/teapot'),
  'an error': get('/host/things/crash'),
  'a stream': get('/host/things/stream'),
  'an unknown path': get('/host/nothing'),
  'a path outside of the prefix': get('/bin/guides/v1/system/status'),
  'a path beside those of the module': get('/host/bin/guides/v2'),
  'credentials of nobody': get('/host/things', 'Authorization: Basic !!!\r\n'),
  'a preflight': get('/host/things', 'Origin: http://o\r\nAccess-Control-Request-Method: POST\r\n').replace('GET', 'OPTIONS'),
  'an OPTIONS that is no preflight': get('/host/things').replace('GET', 'OPTIONS'),
  'a method that no route has': get('/host/things').replace('GET', 'DELETE'),
  'a method of nobody': get('/host/things').replace('GET', 'PURGE'),
  'a foreign origin': get('/host/things', 'Origin: http://o\r\n'),
  'a HEAD': get('/host/things').replace('GET', 'HEAD'),
  'a condition': get('/host/things', 'If-None-Match: *\r\n'),
  'an escaped path': get('/host/th%69ngs'),
  'a broken escape': get('/host/%zz'),
};

const HEADER_VERSIONS: VersioningOptions = { type: VersioningType.HEADER, header: 'X-Version', defaultVersion: '1' };

describe('mounting the module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guides-untouched-'));
  const apps: NestExpressApplication[] = [];
  afterAll(async () => {
    for (const app of apps) await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const settings = (name: string): SettingsOverrides => ({
    dataDir: join(folder, name),
    users: testUsers(),
    schedule: { enabled: false },
    processing: { workerThreads: 1 },
  });

  async function host(imports: DynamicModule[], versioning: VersioningOptions = HEADER_VERSIONS): Promise<number> {
    @Module({ imports, controllers: [ThingsController] })
    class HostModule {}
    const app = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false, cors: { origin: 'http://o', credentials: true } });
    apps.push(app);
    app.setGlobalPrefix('host');
    app.enableVersioning(versioning);
    app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
    app.set('query parser', 'extended');
    await app.listen(0, '127.0.0.1');
    return (app.getHttpServer() as { address(): AddressInfo }).address().port;
  }

  it('leaves every answer of the host the same, byte for byte', async () => {
    const bare = await host([]);
    const mounted = await host([GuidesProcessingModule.forRoot({ settings: settings('untouched') })]);
    for (const [name, text] of Object.entries(REQUESTS)) {
      const expected = await answerOf(bare, text);
      expect(`${name}: ${await answerOf(mounted, text)}`).toBe(`${name}: ${expected}`);
      expect(expected).toMatch(/^HTTP\/1\.1 \d{3} /);
    }
  });

  it.each<[string, VersioningOptions]>([
    ['header', HEADER_VERSIONS],
    ['path', { type: VersioningType.URI }],
    ['media type', { type: VersioningType.MEDIA_TYPE, key: 'v=' }],
  ])('keeps its own paths where the host has versions by %s', async (name, versioning) => {
    const port = await host([GuidesProcessingModule.forRoot({ settings: settings(name) })], versioning);
    expect(await answerOf(port, get(`/host${BASE}/system/status`))).toMatch(/^HTTP\/1\.1 401 /);
  });
});

/** The whole answer as it came, without the hour. */
function answerOf(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = createConnection(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1').replace(/^Date: .*\r\n/m, '')));
  });
}
