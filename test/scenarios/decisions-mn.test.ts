// Every decision story, told in an office whose documents can belong to several Akten.
import { playInstallation } from './office'

playInstallation('predecessor-mn')
await import('./decisions.test')
