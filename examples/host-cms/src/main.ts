import 'reflect-metadata';
import { createCms } from './create-cms.js';

const app = await createCms();
await app.listen(Number(process.env.PORT ?? 3000));
console.log(`The CMS listens on ${await app.getUrl()}/cms`);
