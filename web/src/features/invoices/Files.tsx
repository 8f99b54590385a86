// An invoice's documents, to open or keep.
import { Button } from '@mantine/core'
import { IconFileTypePdf, IconTable } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { invoiceFile } from '../../api/planCalls'
import classes from './invoices.module.css'

export function Files({ id, number, size = 'compact-sm' }: { id: string; number: string; size?: 'compact-sm' | 'sm' }) {
  const { t } = useTranslation('invoices')
  return (
    <div className={classes.files}>
      <Button component="a" href={invoiceFile(id, 'pdf')} target="_blank" size={size} variant="default" leftSection={<IconFileTypePdf size={16} />} aria-label={t('list.pdfOf', { number })}>
        {t('list.pdf')}
      </Button>
      <Button component="a" href={invoiceFile(id, 'csv')} download size={size} variant="default" leftSection={<IconTable size={16} />} aria-label={t('list.csvOf', { number })}>
        {t('list.csv')}
      </Button>
    </div>
  )
}
