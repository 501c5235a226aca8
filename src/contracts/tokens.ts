/** Injection tokens of the ports. */
export const UNIT_OF_WORK = Symbol('UnitOfWork');
export const ASSET_REPOSITORY = Symbol('AssetRepository');
export const RECORD_STORE = Symbol('AssetRecordStore');
export const REFERENCE_GRAPH = Symbol('ReferenceGraph');
export const BLOB_STORE = Symbol('BlobStore');
export const JOB_STORE = Symbol('JobStore');
export const WORK_QUEUE = Symbol('WorkQueue');
/** This process's own part in the work. */
export const WORK = Symbol('Work');
export const PIPELINE = Symbol('Pipeline');
export const AUTHENTICATORS = Symbol('Authenticators');
export const PROCESSING_API = Symbol('ProcessingApi');
export const FINDINGS_API = Symbol('FindingsApi');
export const ASSET_STATUS_API = Symbol('AssetStatusApi');
/** What is scraped, and who hears of what is to be measured: one object. */
export const METRICS_API = Symbol('MetricsApi');
export const PROCESSING_OBSERVER = Symbol('ProcessingObserver');
export const STATUS_JOB_STORE = Symbol('StatusJobStore');
export const KEY_SPACE_STORE = Symbol('KeySpaceStore');
export const OPTIONS = Symbol('GuidesProcessingOptions');
/** Path of the API without slashes around it: tells the mounts of one application apart. */
export const MOUNT_PATH = Symbol('MountPath');
export const SETTINGS = Symbol('GuidesSettings');
export const SYSTEM_PROBE = Symbol('SystemProbe');
export const EVENT_OUTBOX = Symbol('EventOutbox');
export const EVENT_PUBLISHER = Symbol('EventPublisher');
/** This process's part in the delivery of events. */
export const EVENT_DELIVERY = Symbol('EventDelivery');
