/** 'poolgrad/export': the formats that trained pools are exported to, and the forms that they are exported from. */

export {
  type Exporter,
  type ExportOptions,
  type ExportResult,
  exporters,
  exportJsonSchema,
  type PackedWeights,
  type PoolDocument,
  packWeights,
  type TunedPool,
} from '../export/index.js';
