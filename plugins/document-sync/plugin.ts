import type { MotiaPluginBuilder } from '@motiadev/core'
import { languageOf } from '../../services/config'

/** The Workbench tab. Everything it shows and does goes through the API. */
export const documentSyncPlugin: MotiaPluginBuilder = () => ({
  workbench: [
    {
      packageName: '~/plugins/document-sync',
      componentName: 'DocumentSyncPage',
      label: 'Document Sync',
      labelIcon: 'folder-sync',
      position: 'top',
      props: { language: languageOf() },
    },
  ],
})
