// The form of the billing details. What the server does not accept is said at the field it is about.
import { Alert, Button, Group, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMemo, useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { BillingProfile, Party } from '../../api/planTypes'
import { countries } from '../../ui/countries'
import { countryName, flag } from '../../ui/format'
import { fieldError, sentence } from '../../ui/sentence'
import { usePlace } from '../../ui/usePlace'
import { useSaveProfile } from './queries'

const INDIA = 'IN'

interface Props {
  profile: BillingProfile
  brand: string
  onDone: () => void
}

export function DetailsForm({ profile, brand, onDone }: Props) {
  const { t, i18n } = useTranslation('invoices')
  const { locale } = usePlace()
  const save = useSaveProfile()
  const [party, setParty] = useState<Party>({
    legal_name: profile.legal_name || brand,
    address: profile.address,
    country: profile.country,
    state: profile.state,
    tax_id: profile.tax_id,
    email: profile.email,
  })
  const [checked, setChecked] = useState(false)
  const lands = useMemo(
    () => countries.map(({ country }) => ({ value: country, label: `${flag(country)} ${countryName(country, locale)}` })).sort((a, b) => a.label.slice(4).localeCompare(b.label.slice(4), locale)),
    [locale],
  )
  const india = party.country === INDIA
  const change = (part: Partial<Party>) => {
    setParty((before) => ({ ...before, ...part }))
    save.reset()
  }
  /** The server's own sentence in English; in other languages what is known of the field. */
  const wrong = (field: keyof Party, known: string): string | undefined => {
    const said = fieldError(save.error, field)
    return said && (i18n.language === 'en' ? said : known)
  }
  const country = party.country ? countryName(party.country, locale) : ''
  const errors = {
    legal_name: checked && party.legal_name.trim() === '' ? t('details.nameMissing') : wrong('legal_name', t('details.nameMissing')),
    country: checked && party.country === '' ? t('details.countryMissing') : wrong('country', t('details.countryMissing')),
    state: wrong('state', t('details.stateWrong')),
    tax_id: wrong('tax_id', t('details.taxIdWrong', { country })),
    email: wrong('email', t('details.emailWrong')),
    address: wrong('address', t('details.addressHelp')),
  }
  const elsewhere = save.error && !Object.values(errors).some(Boolean)

  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    if (party.legal_name.trim() === '' || party.country === '') return
    save.mutate(party, {
      onSuccess: () => {
        notifications.show({ color: 'teal', message: t('details.saved') })
        onDone()
      },
    })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput label={t('details.name')} autoComplete="organization" required value={party.legal_name} error={errors.legal_name} onChange={(event) => change({ legal_name: event.currentTarget.value })} />
        <Textarea label={t('details.address')} description={t('details.addressHelp')} autoComplete="street-address" autosize minRows={3} maxRows={6} maxLength={500} value={party.address} error={errors.address} onChange={(event) => change({ address: event.currentTarget.value })} />
        <Select
          label={t('details.country')}
          data={lands}
          searchable
          required
          autoComplete="off"
          nothingFoundMessage={t('details.noCountry')}
          value={party.country || null}
          error={errors.country}
          onChange={(value) => change({ country: value ?? '' })}
        />
        <Group grow align="flex-start" preventGrowOverflow={false} wrap="wrap">
          <TextInput miw={200} label={india ? t('details.taxIdIndia') : t('details.taxId')} description={t('details.taxIdHelp')} autoComplete="off" spellCheck={false} value={party.tax_id} error={errors.tax_id} onChange={(event) => change({ tax_id: event.currentTarget.value })} />
          <TextInput miw={200} label={india ? t('details.stateIndia') : t('details.state')} description={india ? t('details.stateHelp') : undefined} autoComplete="address-level1" value={party.state} error={errors.state} onChange={(event) => change({ state: event.currentTarget.value })} />
        </Group>
        <TextInput label={t('details.email')} description={t('details.emailHelp')} type="email" autoComplete="email" value={party.email} error={errors.email} onChange={(event) => change({ email: event.currentTarget.value })} />
        {elsewhere && (
          <Alert color="red" role="alert">
            {sentence(save.error, t('unreachable'))}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t('details.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t('details.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
