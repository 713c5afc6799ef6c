// Every decision story, told in an office whose EspoCRM has the predecessor's names and hooks.
import { playInstallation } from './office'

playInstallation('predecessor')
await import('./decisions.test')
