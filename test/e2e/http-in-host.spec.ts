import { Body, type CanActivate, Controller, Injectable, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { raw, type RequestHandler, text } from 'express';
import request from 'supertest';
import { authorization, BASE, httpModule, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

@Controller('articles')
class ArticleController {
  @Post()
  create(@Body() body: unknown): unknown {
    return body;
  }
}

/** A guard of the host that lets everything pass, to show that it runs beside those of the module. */
@Injectable()
class HostGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

describe('the controllers in a host with parsers and pipes of its own', () => {
  let app: NestExpressApplication;
  const others: NestExpressApplication[] = [];
  const processing = new ProcessingFake();

  beforeAll(async () => {
    @Module({ imports: [httpModule(processing, { isDatabase: false, ping: () => Promise.resolve() })], controllers: [ArticleController] })
    class HostModule {}
    app = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false });
    app.setGlobalPrefix('cms');
    app.useGlobalGuards(new HostGuard());
    app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
    app.set('query parser', 'extended');
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => Promise.all([app, ...others].map((one) => one.close())));
  beforeEach(() => {
    processing.jobs.clear();
    processing.started.length = 0;
  });

  const start = (type: string, body: string) =>
    request(app.getHttpServer())
      .post(`/cms${BASE}/assets/process`)
      .set('Authorization', authorization(USERS.operator))
      .set('Content-Type', type)
      .send(body);

  it.each([
    ['application/json', JSON.stringify({ path: '/content/dam', type: 'ASSET_PROCESSING', excludedPaths: '/a,/b', filter: { fileTypes: ['DITAMAP'], startTime: 5 } })],
    [
      'application/x-www-form-urlencoded',
      'path=/content/dam&type=ASSET_PROCESSING&excludedPaths=/a&excludedPaths=/b&filter[fileTypes][]=DITAMAP&filter.startTime=5',
    ],
  ])('takes %s that the host has parsed', async (type, body) => {
    const answer = await start(type, body);
    expect([answer.status, answer.body]).toEqual([200, { processingId: expect.any(String) }]);
    expect(processing.started).toEqual([
      expect.objectContaining({ path: '/content/dam', excludedPaths: ['/a', '/b'], filter: { fileTypes: ['DITAMAP'], startTime: 5 } }),
    ]);
  });

  it.each<[string, RequestHandler]>([
    ['bytes', raw({ type: '*/*' })],
    ['text', text({ type: '*/*' })],
  ])('takes bodies that a parser of the host has left as %s', async (_, parser) => {
    @Module({ imports: [httpModule(processing, { isDatabase: false, ping: () => Promise.resolve() })] })
    class HostModule {}
    const other = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false, bodyParser: false });
    others.push(other);
    other.use(parser);
    await other.listen(0, '127.0.0.1');
    const answer = (type: string, body: string) =>
      request(other.getHttpServer()).post(`${BASE}/assets/process`).set('Authorization', authorization(USERS.operator)).set('Content-Type', type).send(body);
    expect((await answer('application/json', '{"path":"/content/dam","type":"ASSET_PROCESSING"}')).body).toEqual({ processingId: expect.any(String) });
    processing.jobs.clear();
    expect((await answer('application/x-www-form-urlencoded', 'path=/content/dam&type=ASSET_PROCESSING')).body).toEqual({ processingId: expect.any(String) });
    expect((await answer('application/json', '{"path":')).body).toMatchObject({ statusCode: 400, message: 'The body is not valid JSON.' });
    expect((await answer('application/json', '"path"')).body).toMatchObject({ statusCode: 400, message: 'The body must be a JSON object.' });
  });

  it('refuses unknown fields of a form that the host has parsed', async () => {
    const answer = await start('application/x-www-form-urlencoded', 'path=/content/dam&type=ASSET_PROCESSING&excludedPath=/x');
    expect(answer.body).toMatchObject({ statusCode: 400, message: '"excludedPath" is not a field of this request.' });
  });

  it('reads the query itself, however the host parses it', async () => {
    const answer = await request(app.getHttpServer())
      .get(`/cms${BASE}/assets/process/status?processingId[a]=b`)
      .set('Authorization', authorization(USERS.viewer));
    expect(answer.body).toMatchObject({ statusCode: 400, message: 'processingId is required.' });
  });

  it.each([
    ['an answer', '/health/live', 200],
    ['an error of a guard', '/assets/process/history', 401],
    ['a route that is none', '/nothing', 401],
  ])('forbids to keep or to sniff %s, and does not say what serves it', async (_what, path, status) => {
    const answer = await request(app.getHttpServer()).get(`/cms${BASE}${path}`);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers).not.toHaveProperty('x-request-id');
  });

  it('leaves the routes of the host as they were', async () => {
    const created = await request(app.getHttpServer()).post('/cms/articles').send({ title: 'x' });
    expect([created.status, created.body]).toEqual([201, { title: 'x' }]);
    const missing = await request(app.getHttpServer()).get('/cms/nothing');
    expect([missing.status, missing.body]).toMatchObject([404, { message: 'Cannot GET /cms/nothing' }]);
  });
});
